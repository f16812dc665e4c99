"""The memory of the house: what was done, by whom, to which rows, before and after."""
