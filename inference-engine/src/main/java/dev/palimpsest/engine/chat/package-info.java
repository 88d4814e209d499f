/**
 * Chat templates: a conversation comes in, the text that a model was trained to read goes out.
 *
 * <p>The template is the Jinja text that a GGUF file carries as {@code tokenizer.chat_template}. It
 * is outside input and not trusted: {@link Limits} bounds its length, its nesting, its loops, its
 * work and its output, a template reaches no Java object, no clock and no file, and whatever is
 * wrong with it ends in a {@link ChatTemplateException} with line and column. A template that
 * refuses a conversation (roles that do not alternate) is no error of the template; it ends in a
 * {@link ConversationRefusedException} which holds the template's own message.
 *
 * <p>Inside: {@link TemplateLexer} and {@link ExpressionLexer} cut the source into tags and tokens,
 * {@link Parser} and {@link ExpressionParser} make {@link Node} and {@link Expr} trees, {@link
 * Renderer} and {@link Evaluator} walk them over {@link Value}s. Semantics are those of Jinja2 with
 * {@code trim_blocks} and {@code lstrip_blocks}, as model authors test their templates; the
 * reference for whole prompts is llama.cpp, whose repairs of messages {@link ChatTemplate} repeats.
 *
 * <p>Why a renderer of our own: the one maintained Jinja library for Java, jinjava 2.8.3, was tried
 * with nine published templates. With its settings tuned it renders 138 of 140 prompts exactly. It
 * lacks slices with a step ({@code messages[::-1]}, in every Qwen3 template) and {@code
 * loop.previtem}, records an error in an expression and goes on without it, bounds output but not
 * the work of nested loops, and brings 28 jars of 9.5 MB.
 */
@NullMarked
package dev.palimpsest.engine.chat;

import org.jspecify.annotations.NullMarked;
