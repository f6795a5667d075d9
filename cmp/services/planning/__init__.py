"""Plans, proves, explains and looks ahead, from files to one document."""
