package dev.palimpsest.runtime.bridge;

class ScriptedModelTest extends TextModelContract {
  private final ScriptedModel model = new ScriptedModel(100, "f");

  @Override
  protected TextModel model() {
    return model;
  }
}
