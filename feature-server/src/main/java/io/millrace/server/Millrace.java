package io.millrace.server;

import io.millrace.feature.definition.DefinitionException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The program {@code millrace}.
 *
 * <p>A command ends with 0 when it did what it should, with 1 when that failed, and with 2 when it
 * was called wrongly. An error is one line that says what to do; {@code --debug} shows its stack
 * trace.
 */
@Command(
    name = "millrace",
    description = "A streaming feature store with inference in the stream.",
    mixinStandardHelpOptions = true,
    version = "Millrace 0.1.0",
    scope = ScopeType.INHERIT,
    subcommands = {
      DemoCommand.class,
      ValidateCommand.class,
      PlanCommand.class,
      ApplyCommand.class,
      SwitchCommand.class,
      FeaturesCommand.class,
      ReplayCommand.class,
      TrainCommand.class,
      TrainingSetCommand.class,
      BackfillCommand.class,
      CompareCommand.class,
      WorkerCommand.class,
      RetrainCommand.class,
      ModelsCommand.class,
      ParityCommand.class,
      ServeCommand.class,
      SqlCommand.class,
      OfflineCommand.class,
      EraseCommand.class,
      AuditCommand.class
    },
    footer = {"", "Example:", "  millrace validate feature-definitions/flights"})
public final class Millrace implements Runnable {
  /** The command failed. */
  static final int FAILED = 1;

  /** The command was called wrongly. */
  static final int MISUSED = 2;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Show the stack trace of an error.")
  private boolean debug;

  @Spec private CommandSpec spec;

  private Millrace() {}

  /** Runs one command and ends the process with its status. */
  public static void main(String[] arguments) {
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    System.exit(run(out, err, arguments));
  }

  /**
   * Runs one command.
   *
   * @return the status that the process should end with
   */
  public static int run(PrintWriter out, PrintWriter err, String... arguments) {
    Millrace millrace = new Millrace();
    CommandLine line = new CommandLine(millrace);
    showOwnExamples(line, line.getCommandSpec().usageMessage().footer());
    return line.setOut(out)
        .setErr(err)
        .setParameterExceptionHandler(millrace::explainMisuse)
        .setExecutionExceptionHandler(millrace::explainFailure)
        .setExecutionStrategy(StoreCommand::execute)
        .registerConverter(Duration.class, new DurationConverter())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .execute(arguments);
  }

  /** A command within another has the examples of that one, not those that all inherit. */
  private static void showOwnExamples(CommandLine command, String[] inherited) {
    for (CommandLine sub : command.getSubcommands().values()) {
      if (Arrays.equals(sub.getCommandSpec().usageMessage().footer(), inherited)) {
        sub.getCommandSpec()
            .usageMessage()
            .footer(command.getCommandSpec().usageMessage().footer());
      }
      showOwnExamples(sub, inherited);
    }
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "Name a command: " + String.join(", ", spec.subcommands().keySet()));
  }

  private int explainMisuse(ParameterException e, String[] arguments) {
    CommandLine command = e.getCommandLine();
    if (List.of(arguments).contains("--help") || List.of(arguments).contains("-h")) {
      // Also where what the command above it needs is missing.
      CommandLine asked = named(arguments);
      asked.usage(asked.getOut());
      return 0;
    }
    command
        .getErr()
        .printf(
            "millrace: %s%s See \"%s --help\".%n",
            withoutLastStop(e.getMessage()),
            suggestion(e),
            command.getCommandSpec().qualifiedName());
    trace(e, command);
    return MISUSED;
  }

  /** The innermost command that the arguments name. */
  private CommandLine named(String... arguments) {
    CommandLine command = spec.commandLine();
    for (String argument : arguments) {
      command = command.getSubcommands().getOrDefault(argument, command);
    }
    return command;
  }

  private int explainFailure(Exception e, CommandLine command, ParseResult parsed) {
    PrintWriter err = command.getErr();
    if (e instanceof DefinitionException definitions) {
      definitions.problems().forEach(err::println);
    } else if (isOurs(e)) {
      err.println("millrace: " + e.getMessage());
    } else if (e instanceof FileSystemException file && file.getFile() != null) {
      err.println("millrace: " + reason(file) + (debug ? "" : " (--debug shows where)"));
    } else {
      err.println("millrace: " + e + (debug ? "" : " (--debug shows where)"));
    }
    trace(e, command);
    return FAILED;
  }

  private static String reason(FileSystemException e) {
    if (e instanceof NoSuchFileException) {
      return "there is no " + e.getFile() + ", or not its folder; mend the path";
    } else if (e instanceof AccessDeniedException) {
      return e.getFile() + " may not be read or written; change its rights, or name another";
    }
    return e.getMessage() + "; mend the path, or name another";
  }

  private void trace(Exception e, CommandLine command) {
    if (debug) {
      e.printStackTrace(command.getErr());
    }
  }

  /** Whether the message was written for the user: our own exceptions, and checked arguments. */
  private static boolean isOurs(Exception e) {
    return e.getMessage() != null
        && (e.getClass().getName().startsWith("io.millrace.")
            || e instanceof IllegalArgumentException);
  }

  private static String suggestion(ParameterException e) {
    return e instanceof UnmatchedArgumentException unmatched
            && !unmatched.getSuggestions().isEmpty()
        ? "; did you mean " + String.join(" or ", unmatched.getSuggestions()) + "?"
        : ".";
  }

  private static String withoutLastStop(String text) {
    String trimmed = text.strip();
    return trimmed.endsWith(".") ? trimmed.substring(0, trimmed.length() - 1) : trimmed;
  }
}
