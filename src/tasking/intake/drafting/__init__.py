"""Drafts a feed from sample deliveries: its declaration, its suite, a sample with invented people, and questions.

One file for each question about a sample. Nothing here reads or writes files, and nothing prints.
"""
