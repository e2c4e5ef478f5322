"""Every word that moeaudit prints, from the registries that define it: one file for each room that words come from.

What no registry defines stands in `glossary/*.yaml`, in the words of a reader who is new to it.
"""
