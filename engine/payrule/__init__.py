"""payrule: policy as code for health-care claims."""
