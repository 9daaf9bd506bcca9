package io.millrace.jobs;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.apache.flink.util.ParameterTool;

/** {@code --key value} arguments, read by a list of options. */
final class Arguments {
  private static final String VARIABLE = "set.";

  private final ParameterTool given;

  private Arguments(ParameterTool given) {
    this.given = given;
  }

  /**
   * @throws IllegalArgumentException naming every argument that is missing or unknown
   */
  static Arguments read(List<JobOption> options, String... arguments) {
    return read(options, given -> List.of(), arguments);
  }

  /**
   * @param more finds what else is wrong with what is given
   * @throws IllegalArgumentException naming every argument that is missing, unknown or wrong
   */
  static Arguments read(
      List<JobOption> options,
      Function<Map<String, String>, List<String>> more,
      String... arguments) {
    ParameterTool given = ParameterTool.fromArgs(arguments);
    List<String> mistakes = new ArrayList<>();
    for (JobOption option : options) {
      if (option.required() && !given.has(option.key())) {
        mistakes.add("--" + option.key() + " is missing: " + option.sentence());
      }
    }
    for (String key : given.toMap().keySet()) {
      if (!key.startsWith(VARIABLE) && options.stream().noneMatch(o -> o.key().equals(key))) {
        mistakes.add("--" + key + " is unknown");
      }
    }
    more.apply(given.toMap()).forEach(mistake -> mistakes.add("--" + mistake));
    if (!mistakes.isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", mistakes));
    }
    return new Arguments(given);
  }

  /** What {@code --set.NAME VALUE} says. */
  Map<String, String> variables() {
    Map<String, String> variables = new LinkedHashMap<>();
    given
        .toMap()
        .forEach(
            (key, value) -> {
              if (key.startsWith(VARIABLE)) {
                variables.put(key.substring(VARIABLE.length()), value);
              }
            });
    return variables;
  }

  /** All that is given, by key. */
  Map<String, String> all() {
    return given.toMap();
  }

  String text(JobOption option) {
    return textOr(option, option.otherwise());
  }

  /** As given, or a default that depends on other options. */
  String textOr(JobOption option, String otherwise) {
    return given.get(option.key(), otherwise);
  }

  boolean truth(JobOption option) {
    return given.getBoolean(option.key(), Boolean.parseBoolean(option.otherwise()));
  }

  Path folder(JobOption option) {
    return Path.of(given.get(option.key())).toAbsolutePath();
  }

  Optional<Path> folderIfGiven(JobOption option) {
    return given.has(option.key()) ? Optional.of(folder(option)) : Optional.empty();
  }

  /** Names with commas between them; none if it is not given. */
  List<String> names(JobOption option) {
    return Arrays.stream(given.get(option.key(), "").split(","))
        .map(String::strip)
        .filter(name -> !name.isEmpty())
        .distinct()
        .toList();
  }

  /**
   * A folder of this machine, or a place that a file system of Flink's reaches: {@code
   * s3://bucket/store}.
   *
   * @throws IllegalArgumentException if it has a scheme and is no URI
   */
  URI place(JobOption option) {
    String text = given.get(option.key());
    if (!text.matches("[A-Za-z][A-Za-z0-9+.-]*://.*")) {
      return folder(option).toUri();
    }
    try {
      return new URI(text);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(
          "--" + option.key() + " must be a folder or a URI, but it is " + text, e);
    }
  }

  int number(JobOption option) {
    String text = text(option);
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "--" + option.key() + " is a whole number, but it is " + text, e);
    }
  }

  long bytes(JobOption option) {
    String text = text(option);
    if (!text.matches("\\d{1,18}")) {
      throw new IllegalArgumentException(
          "--"
              + option.key()
              + " is a number of bytes such as "
              + option.otherwise()
              + ", but it is "
              + text);
    }
    return Long.parseLong(text);
  }

  Duration duration(JobOption option) {
    String text = text(option);
    try {
      return Duration.parse(text);
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException(
          "--" + option.key() + " is a duration such as PT5S or P7D, but it is " + text, e);
    }
  }
}
