"""Named checks: what is wrong, how one knows, what to do about it, and what that would bring."""
