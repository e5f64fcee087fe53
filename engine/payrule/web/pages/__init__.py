"""The pages of the workbench, one module a task; each lists its addresses in `ADDRESSES`."""
