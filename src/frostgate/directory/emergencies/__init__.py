"""Breaking the glass: more power than one's role for a few hours, with a reason, and so that everybody sees it."""
