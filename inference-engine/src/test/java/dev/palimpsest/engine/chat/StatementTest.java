package dev.palimpsest.engine.chat;

import static dev.palimpsest.engine.chat.Templates.assertRenders;

import org.junit.jupiter.api.Test;

/** Expected texts are those of Jinja 3.1 with the settings of transformers. */
final class StatementTest {

  @Test
  void loopsKnowWhereTheyStand() {
    assertRenders(
        "10TrueFalse332;21FalseFalse321;32FalseTrue310;",
        "{% for x in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.revindex }}{{ loop.revindex0 }};{% endfor %}");
    assertRenders("2;13;2;", "{% for x in l %}{{ loop.previtem }}{{ loop.nextitem }};{% endfor %}");
    assertRenders(
        "1213",
        "{% for a in [1,2] %}{% for b in [1] %}{{ loop.index }}{% endfor %}{{ loop.index + 1 }}{% endfor %}");
  }

  @Test
  void loopsFilterUnpackAndFallBack() {
    assertRenders(
        "11False32True",
        "{% for x in l if x != 2 %}{{ x }}{{ loop.index }}{{ loop.last }}{% endfor %}");
    assertRenders("12;34;", "{% for x, y in [[1,2],[3,4]] %}{{ x }}{{ y }};{% endfor %}");
    assertRenders("none", "{% for x in [] %}a{% else %}none{% endfor %}");
    assertRenders("a.😀.", "{% for c in 'a😀' %}{{ c }}.{% endfor %}");
    assertRenders(
        "131",
        "{% for x in l %}{% if x == 2 %}{% continue %}{% endif %}{{ x }}{% endfor %}{% for x in l %}{% if x == 2 %}{% break %}{% endif %}{{ x }}{% endfor %}");
  }

  @Test
  void loopsKeepTheirVariablesAndNamespacesCarryThemOut() {
    assertRenders(
        "1231", "{% set x = 1 %}{% for y in l %}{% set x = y %}{{ x }}{% endfor %}{{ x }}");
    assertRenders(
        "6",
        "{% set ns = namespace(v=0) %}{% for y in l %}{% set ns.v = ns.v + y %}{% endfor %}{{ ns.v }}");
    assertRenders("9", "{% if true %}{% set x = 9 %}{% endif %}{{ x }}");
  }

  @Test
  void macrosBindArgumentsAndCallThemselves() {
    String macro = "{% macro f(a, b='d', c=a) %}[{{ a }}{{ b }}{{ c }}]{% endmacro %}";
    assertRenders(
        "[1d1][121][1d3][d][2]",
        macro + "{{ f(1) }}{{ f(1,2) }}{{ f(1,c=3) }}{{ f() }}{{ f(b=2) }}");
    assertRenders(
        "54321",
        "{% macro r(k) %}{% if k > 0 %}{{ k }}{{ r(k-1) }}{% endif %}{% endmacro %}{{ r(5) }}");
    assertRenders(
        "7", "{% set g = 5 %}{% macro f() %}{{ g }}{% endmacro %}{% set g = 7 %}{{ f() }}");
  }

  @Test
  void setUnpacksAndCaptures() {
    assertRenders(
        "12 2 x1 X1",
        "{% set a, b = 1, 2 %}{{ a }}{{ b }} {% set c = 1, 2 %}{{ c|length }} {% set d %}x{{ a }}{% endset %}{{ d }} {% set d | upper %}x{{ a }}{% endset %}{{ d }}");
    assertRenders("A", "{% filter trim|upper %} a {% endfilter %}");
    assertRenders("a", "{% generation %}a{% endgeneration %}");
  }

  @Test
  void rangesCountBothWays() {
    assertRenders(
        "[0, 1, 2] [1, 3, 5] [3, 2, 1] []",
        "{{ range(3)|list }} {{ range(1,7,2)|list }} {{ range(3,0,-1)|list }} {{ range(0)|list }}");
    assertRenders("{'q': 1, 'r': 2} 4", "{{ dict({'q':1}, r=2) }} {{ namespace({'z':4}).z }}");
  }

  @Test
  void datesComeFromTheGivenTime() {
    assertRenders(
        "07 Mar 2026 March 09:05:04 Saturday Sat 26 066 AM 03 7 %",
        "{{ strftime_now('%d %b %Y %B %H:%M:%S %A %a %y %j %p %m %-d %%') }}");
  }

  @Test
  void blocksEatTheirLine() {
    assertRenders("a\n  b\nc", "a\n  {% if true %}\n  b\n  {% endif %}\nc");
    assertRenders("a\nb  e\ng", "a\n  {# c #}\nb {# d #} e\n{# f #}\ng");
    assertRenders("x  y  z", "x {% if true %} y {% endif %} z");
    assertRenders("a\n 1\nb", "a\n {{ 1 }}\nb");
  }

  @Test
  void signsEatOrKeepWhiteSpace() {
    assertRenders("abc", "a\n  {%- if true -%}\n  b\n  {%- endif -%}\nc");
    assertRenders("a\n  \n  b\n  \nc", "a\n  {%+ if true +%}\n  b\n  {%+ endif +%}\nc");
    assertRenders("a\n  12b", "a\n  {{ 1 }}\n  {{- 2 -}}  \n b");
    assertRenders("ab", "a {#- c -#} b");
  }

  @Test
  void oneLineEndAtTheEndIsDropped() {
    assertRenders("text", "text\n");
    assertRenders("text\n", "text\r\n\r\n");
  }

  @Test
  void rawTextIsCopied() {
    assertRenders(
        " {{ x }} |{% y %}z",
        "{% raw %} {{ x }} {% endraw %}|{%- raw -%}  {% y %}  {%- endraw -%} z");
    assertRenders("a {%", "a {{ '{%' }}");
    assertRenders("{'a': {}}", "{{ {'a': {}}}}");
  }
}
