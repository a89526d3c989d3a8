"""The composition root: where parts are put together by hand, in the order of the stories."""
