package dev.palimpsest.engine.backend;

class ScalarKernelsTest extends KernelsContract {
  @Override
  protected Kernels kernels() {
    return new ScalarKernels();
  }

  @Override
  protected String name() {
    return "scalar";
  }
}
