"""Looks at running servers from outside, by what they tell anyone who watches them."""
