"""What people read: text for terminals, and the style of pages."""
