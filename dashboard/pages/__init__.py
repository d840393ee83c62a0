"""The pages: each a function that Panel calls once per session, and the parts they are made of."""
