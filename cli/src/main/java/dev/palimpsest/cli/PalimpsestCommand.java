package dev.palimpsest.cli;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A word that only introduces others; asked for by itself it is wrong use. */
final class PalimpsestCommand {
  private PalimpsestCommand() {}

  /** The whole tree of client commands. */
  static CommandLine commandLine(Surroundings surroundings) {
    CommandLine key =
        new CommandLine(new Key())
            .addSubcommand(new KeyCreateCommand(surroundings))
            .addSubcommand(new KeyListCommand(surroundings))
            .addSubcommand(new KeyRevokeCommand(surroundings));
    CommandLine bench =
        new CommandLine(new Bench())
            .addSubcommand(new BenchMemoryCommand(surroundings))
            .addSubcommand(new BenchRetrievalCommand(surroundings))
            .addSubcommand(new BenchSessionCommand(surroundings));
    CommandLine eval =
        new CommandLine(new Eval())
            .addSubcommand(new EvalLocomoCommand(surroundings))
            .addSubcommand(new EvalBeamCommand(surroundings))
            .addSubcommand(new EvalSelfCommand(surroundings));
    Streams streams = surroundings.streams();
    CommandLine root =
        new CommandLine(new Root())
            .addSubcommand(new ChatCommand(surroundings))
            .addSubcommand(new ImportCommand(surroundings))
            .addSubcommand(new ExportCommand(surroundings))
            .addSubcommand(new SearchCommand(surroundings))
            .addSubcommand(new DemoCommand(surroundings))
            .addSubcommand(key)
            .addSubcommand(bench)
            .addSubcommand(eval)
            .setOut(streams.out())
            .setErr(streams.err())
            .setUsageHelpAutoWidth(streams.terminal())
            .setExecutionExceptionHandler((failure, _, _) -> report(failure, streams));
    addHelp(root);
    return root;
  }

  private static void addHelp(CommandLine command) {
    command
        .getCommandSpec()
        .addOption(
            OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Shows this help.")
                .build());
    command.getSubcommands().values().forEach(PalimpsestCommand::addHelp);
  }

  private static int report(Exception failure, Streams streams) throws Exception {
    if (failure instanceof CliException known) {
      List<String> lines = known.lines();
      lines.forEach(line -> streams.err().println(SafeText.of(line)));
      return known.exitCode();
    }
    throw failure;
  }

  /** What the words that introduce others have in common. */
  private static class Group implements Runnable {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
      throw new ParameterException(spec.commandLine(), "Say which: one of the commands below.");
    }
  }

  @Command(name = "./palimpsest", description = "Speaks to a Palimpsest service.")
  private static final class Root extends Group {}

  @Command(name = "key", description = "API keys of a service.")
  private static final class Key extends Group {}

  @Command(name = "bench", description = "Measures a running service.")
  private static final class Bench extends Group {}

  @Command(name = "eval", description = "Measures how good a running service is.")
  private static final class Eval extends Group {}
}
