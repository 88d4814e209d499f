package dev.palimpsest.cli;

import java.io.BufferedReader;
import java.io.PrintWriter;

/**
 * Where text comes from and goes to.
 *
 * @param in what a person or a pipe says, decoded
 * @param out results; scripts read this one
 * @param err everything that is about the run: notices, problems, figures
 * @param terminal whether a person sits at both ends
 */
record Streams(BufferedReader in, PrintWriter out, PrintWriter err, boolean terminal) {}
