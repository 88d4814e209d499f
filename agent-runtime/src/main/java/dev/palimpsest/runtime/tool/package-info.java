/**
 * Tools behind addresses. In come a declared tool and the arguments of a call; out comes what it
 * said, cut to a limit, or why it could not be asked. Guards: nothing is asked that is not on the
 * operator's list, no address of the own network unless the list says so, and no redirection is
 * followed anywhere.
 */
@NullMarked
package dev.palimpsest.runtime.tool;

import org.jspecify.annotations.NullMarked;
