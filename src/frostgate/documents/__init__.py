"""Documents: what people hand in as proof, redrawn as pictures, encrypted, shown with a watermark, and deleted."""
