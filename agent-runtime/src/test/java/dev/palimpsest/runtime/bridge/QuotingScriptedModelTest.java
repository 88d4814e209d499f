package dev.palimpsest.runtime.bridge;

/** The double of the tests where its card says that grounded answers can be had. */
class QuotingScriptedModelTest extends TextModelContract {
  private final ScriptedModel model = new ScriptedModel(100, "f");

  @Override
  protected TextModel model() {
    model.grounds(ModelCard.Grounding.ON_REQUEST);
    return model;
  }
}
