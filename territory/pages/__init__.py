"""What pages show, and the pages: one folder for each subject, its views beside its values and forms."""
