"""What pages load: the style and the script of the workbench."""
