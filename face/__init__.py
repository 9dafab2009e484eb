"""The face of the site: the parts that pages are made of, and the community whose site it is."""
