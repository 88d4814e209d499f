package dev.palimpsest.retrieval.tree;

import dev.palimpsest.retrieval.Recalled;

/** What a search in a tree found, and how. */
public record TreeRecalled(Recalled recalled, Trace trace) {}
