package dev.palimpsest.runtime;

/** x */
final class StartupReport {}
