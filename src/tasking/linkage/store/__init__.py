"""Features, incidents and clerical review as the warehouse keeps them."""
