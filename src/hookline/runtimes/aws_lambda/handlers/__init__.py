"""What Lambda calls: one module for each function, with nothing in it but its handler."""
