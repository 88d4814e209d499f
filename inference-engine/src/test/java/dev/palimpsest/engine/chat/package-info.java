/** Tests of the chat templates: golden prompts, one construct at a time, limits, and mutations. */
@NullMarked
package dev.palimpsest.engine.chat;

import org.jspecify.annotations.NullMarked;
