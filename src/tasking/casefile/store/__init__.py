"""Status, notes, attachments and addresses of photos, as the warehouse keeps them."""
