package dev.palimpsest.engine.chat;

import static dev.palimpsest.engine.chat.Templates.assertRenders;

import org.junit.jupiter.api.Test;

/** Expected texts are those of Jinja 3.1 with the settings of transformers. */
final class FilterTest {

  @Test
  void toJsonWritesLikePythonsDumps() {
    assertRenders("{\"b\": 1, \"A\": 2, \"c\": [1, {\"x\": null}]}", "{{ m|tojson }}");
    assertRenders(
        "\"it's \\\"q\\\"\" \"Zürich 😀x\" \"\\u0001\\n\"",
        "{{ q|tojson }} {{ u|tojson }} {{ '\\x01\\n'|tojson }}");
    assertRenders(
        "{\n  \"a\": [\n    1\n  ],\n  \"b\": {}\n}", "{{ {'a': [1], 'b': {}}|tojson(indent=2) }}");
    assertRenders(
        "{\"A\":2,\"b\":1} \"\\u00fc\"",
        "{{ {'b':1,'A':2}|tojson(sort_keys=true, separators=(',',':')) }} {{ 'ü'|tojson(ensure_ascii=true) }}");
  }

  @Test
  void listsAreMappedSelectedAndSorted() {
    assertRenders(
        "['user', 'tool', 'user'] ['B', 'A', 'C']",
        "{{ ms|map(attribute='role')|list }} {{ w|map('upper')|list }}");
    assertRenders(
        "2 1 [1, 3] [2]",
        "{{ ms|selectattr('role','equalto','user')|list|length }} {{ ms|rejectattr('role','==','user')|list|length }} {{ l|select('odd')|list }} {{ l|reject('odd')|list }}");
    assertRenders(
        "['A', 'b', 'c'] ['c', 'b', 'A'] [1, 2, 3]",
        "{{ w|sort }} {{ w|sort(reverse=true) }} {{ ms|sort(attribute='n')|map(attribute='n')|list }}");
    assertRenders(
        "1 3 3 6 3 1 b,A,c ['a', 'b']",
        "{{ l|first }} {{ l|last }} {{ l|length }} {{ l|sum }} {{ l|max }} {{ l|min }} {{ w|join(',') }} {{ ['a','A','b']|unique|list }}");
  }

  @Test
  void mappingsAreSortedByKeyWithoutCase() {
    assertRenders(
        "A2bcb1",
        "{% for k, v in {'b': 1, 'A': 2}|dictsort %}{{ k }}{{ v }}{% if loop.first %}bc{% endif %}{% endfor %}");
    assertRenders("b1A2", "{% for k, v in {'b': 1, 'A': 2}|items %}{{ k }}{{ v }}{% endfor %}");
    assertRenders(
        "b;A;", "{% for k, v in {'b': 1, 'A': 2}|dictsort(by='value') %}{{ k }};{% endfor %}");
  }

  @Test
  void defaultReplacesUndefinedAndOnRequestFalse() {
    assertRenders(
        "d||d|None|d",
        "{{ x|default('d') }}|{{ e|default('d') }}|{{ e|default('d', true) }}|{{ n|default('d') }}|{{ n|d('d', boolean=true) }}");
  }

  @Test
  void numbersAreConvertedAndRounded() {
    assertRenders(
        "6 0 9 2 2.5 3 1000",
        "{{ '5'|int + 1 }} {{ 'x'|int }} {{ 'x'|int(9) }} {{ '2.7'|int }} {{ '2.5'|float }} {{ -3|abs }} {{ '1e3'|int }}");
    assertRenders(
        "2.0 3.14 3.0 2.0 0",
        "{{ 2.5|round }} {{ 3.14159|round(2) }} {{ 2.1|round(0,'ceil') }} {{ 2.9|round(method='floor') }} {{ '1e-999999999'|int }}");
  }

  @Test
  void textsAreTrimmedIndentedAndEscaped() {
    assertRenders("a|b", "{{ ' a\n'|trim }}|{{ 'xbx'|trim('x') }}");
    assertRenders(
        "a\n\n    b\n     c|  a\n\n  b\n   c", "{{ lines|indent }}|{{ lines|indent(2, true) }}");
    assertRenders(
        "&lt;a href=&#34;x&#34;&gt; <b> They're",
        "{{ '<a href=\"x\">'|e }} {{ '<b>'|safe }} {{ \"they're\"|title }}");
    assertRenders("hEY 0", "{{ 'hey'|replace('ey','EY') }} {{ 'o'|replace('o','0') }}");
  }

  @Test
  void testsTellTypesApart() {
    assertRenders(
        "True True False True",
        "{{ s is string }} {{ m is mapping }} {{ s is mapping }} {{ l is sequence }}");
    assertRenders(
        "True True True False",
        "{{ i is number }} {{ i is integer }} {{ t is boolean }} {{ t is integer }}");
    assertRenders(
        "True True False True",
        "{{ s is iterable }} {{ t is true }} {{ 1 is true }} {{ f is false }}");
    assertRenders(
        "True False True True",
        "{{ i is divisibleby 7 }} {{ i is divisibleby(2) }} {{ 4 is even }} {{ i is in [7] }}");
    assertRenders("True True", "{{ strftime_now is defined }} {{ raise_exception is callable }}");
  }
}
