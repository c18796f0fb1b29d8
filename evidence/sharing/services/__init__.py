"""Every write of sharing: shares with colleagues, links for people outside, their opening, and the mail they need."""
