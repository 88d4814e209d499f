/** To be said. */
@NullMarked
package dev.palimpsest.cli;

import org.jspecify.annotations.NullMarked;
