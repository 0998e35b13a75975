"""Views of the API: what was asked, checked for form; the answer comes from services and selectors."""
