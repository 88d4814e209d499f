package dev.palimpsest.engine.chat;

import static dev.palimpsest.engine.chat.Templates.assertRenders;

import org.junit.jupiter.api.Test;

/** Expected texts are those of Jinja 3.1 with the settings of transformers. */
final class ExpressionTest {

  @Test
  void valuesPrintAsInPython() {
    assertRenders(
        "Hello World|None|True|7|2.5|[1, 2, 3]|",
        "{{ s }}|{{ n }}|{{ t }}|{{ i }}|{{ r }}|{{ l }}|{{ nothing }}");
    assertRenders("{'b': 1, 'A': 2, 'c': [1, {'x': None}]}", "{{ m }}");
    assertRenders("[\"it's\", 'a\\nb', '\"']", "{{ ['it\\'s', 'a\\nb', '\"'] }}");
    assertRenders(
        "100000.0 1e+16 1e-05 -0.5 0.1", "{{ 1e5 }} {{ 1e16 }} {{ 0.00001 }} {{ -0.5 }} {{ 0.1 }}");
  }

  @Test
  void arithmeticFollowsPythonsSigns() {
    assertRenders(
        "3 -4 1 2 3.5 1024 0.5",
        "{{ 7//2 }} {{ -7//2 }} {{ 7%3 }} {{ -7%3 }} {{ 7/2 }} {{ 2**10 }} {{ 2**-1 }}");
    assertRenders("14 -4 5 4 aaa", "{{ 2+3*4 }} {{ 1-2-3 }} {{ (1)+2*2 }} {{ -2**2 }} {{ 'a'*3 }}");
    assertRenders("Hello World17None[1, 2, 3]", "{{ s ~ 1 ~ i ~ n ~ l }}");
  }

  @Test
  void comparisonsChainAndMembershipWorks() {
    assertRenders("True False True True", "{{ 1<2<3 }} {{ 1<3<2 }} {{ 1==1.0 }} {{ t==1 }}");
    assertRenders(
        "True True True False", "{{ 'World' in s }} {{ 2 in l }} {{ 'b' in m }} {{ 9 in l }}");
    assertRenders(
        "True False True",
        "{{ 9 not in l }} {{ not 1 in l }} {{ {'a':1,'b':[2]} == {'b':[2],'a':1} }}");
  }

  @Test
  void logicReturnsTheOperandThatDecides() {
    assertRenders(
        "x y z False True",
        "{{ t and 'x' }} {{ f or 'y' }} {{ n or e or 'z' }} {{ not t }} {{ not n and t }}");
    assertRenders(
        "yes||c",
        "{{ 'yes' if t else 'no' }}|{{ 'yes' if f }}|{{ 'a' if f else 'b' if f else 'c' }}");
  }

  @Test
  void filtersAndTestsBindTighterThanOperators() {
    assertRenders("aB", "{{ 'a' + 'b' | upper }}");
    assertRenders("True 10 1", "{{ s|length > 3 }} {{ s|length - 1 }} {{ -1|abs }}");
    assertRenders("True False", "{{ not nothing is defined }} {{ not s is defined }}");
    assertRenders("True", "{{ 'x' is string and i is not none }}");
  }

  @Test
  void slicesCountCodePointsAndTakeSteps() {
    assertRenders(
        "[3, 2, 1]|[2, 3]|[1, 3]|[3, 2]|[]",
        "{{ l[::-1] }}|{{ l[1:] }}|{{ l[::2] }}|{{ l[2:0:-1] }}|{{ l[5:] }}");
    assertRenders(
        "H|d|ell|rld|dlroW olleH",
        "{{ s[0] }}|{{ s[-1] }}|{{ s[1:4] }}|{{ s[-3:] }}|{{ s[::-1] }}");
    assertRenders("😀|9|x😀 hcirüZ", "{{ u[7] }}|{{ u|length }}|{{ u[::-1] }}");
  }

  @Test
  void attributesPreferMethodsAndSubscriptsKeys() {
    assertRenders("3", "{{ {'items': 3}['items'] }}");
    assertRenders("x=1;", "{% for k, v in {'x': 1}.items() %}{{ k }}={{ v }};{% endfor %}");
    assertRenders(
        "1 None 5 False",
        "{{ m.get('b') }} {{ m.get('z') }} {{ m.get('z', 5) }} {{ m.z is defined }}");
    assertRenders(
        "user False False",
        "{{ messages[0].role }} {{ messages[0].content.content is defined }} {{ messages[5] is defined }}");
  }

  @Test
  void methodsOfStringsFollowPython() {
    assertRenders(
        "['Hello', 'World'] ['Hell', ' World'] ['Hello W', 'rld']",
        "{{ s.split() }} {{ s.split('o', 1) }} {{ s.rsplit('o', 1) }}");
    assertRenders(
        "['a', 'b c '] ['a', '', 'b']", "{{ ' a  b c '.split(none, 1) }} {{ 'a,,b'.split(',') }}");
    assertRenders("a|a |b", "{{ ' a '.strip() }}|{{ ' a '.lstrip() }}|{{ 'aba'.strip('a') }}");
    assertRenders(
        "True True False 4 -1 3",
        "{{ s.startswith('He') }} {{ s.endswith(('x','ld')) }} {{ s.startswith('x') }} {{ s.find('o') }} {{ s.find('z') }} {{ s.count('l') }}");
    assertRenders(
        "HeLLo WorLd HeLlo World -a-b-",
        "{{ s.replace('l','L') }} {{ s.replace('l','L',1) }} {{ 'ab'.replace('','-') }}");
    assertRenders(
        "They'Re Abc b,A,c",
        "{{ \"they're\".title() }} {{ 'aBC'.capitalize() }} {{ ','.join(w) }}");
  }

  @Test
  void undefinedIsEmptyUntilItIsUsed() {
    assertRenders(
        "||0|[]|d", "{{ x }}|{{ x|upper }}|{{ x|length }}|{{ x|list }}|{{ x|default('d') }}");
    assertRenders("True False True", "{{ x is undefined }} {{ x is none }} {{ x == y }}");
  }

  @Test
  void escapesInStringsAreResolved() {
    assertRenders("x\ty\\n\"Aäℵ\\q", "{{ \"x\\ty\\\\n\\\"\" }}{{ '\\x41\\u00e4\\u2135\\q' }}");
    assertRenders("ab", "{{ 'a' 'b' }}");
  }
}
