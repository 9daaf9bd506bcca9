package io.millrace.offline.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.feature.Definitions;
import io.millrace.feature.definition.DefinitionException;
import io.millrace.feature.definition.DefinitionFiles;
import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The definitions that are applied, kept in the offline store.
 *
 * <pre>
 * ROOT/_definitions/1/...           the files, as they were applied first
 *                  /2/...           and then
 *                  /1.json          their variables, and when
 *                  /2.json
 *                  /applied.json    a copy of the one that holds
 * </pre>
 *
 * <p>A folder appears complete or not at all and is never changed; {@code applied.json} is replaced
 * in one step. So a reader always sees whole definitions, and after a failure the ones before stay
 * applied. The history's data is not copied. Values of {@code --set} are kept as they are: they are
 * no place for secrets. Thread-safe, also between processes; of two that apply at once the last one
 * stays.
 */
public final class AppliedDefinitions {
  private static final String FOLDER = "_definitions";
  private static final String FILE = "applied.json";
  private static final int FORMAT = 1;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;

  public AppliedDefinitions(OfflineStore store) {
    this.folder = store.root().resolve(FOLDER);
  }

  /**
   * What is applied; empty if nothing was yet.
   *
   * @throws OfflineException if it cannot be read, naming the file and what mends it
   */
  public Optional<Applied> current() {
    Path file = folder.resolve(FILE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      JsonNode root = JSON.readTree(Files.readString(file));
      if (root.path("format").asInt() != FORMAT) {
        throw new OfflineException(
            file + " has format " + root.path("format") + ", but this version reads " + FORMAT);
      }
      int number = root.path("number").asInt();
      Path files = folder.resolve(Integer.toString(number));
      return Optional.of(read(root, number, files));
    } catch (DefinitionException e) {
      throw new OfflineException(
          "the definitions applied last, named by "
              + file
              + ", are refused by this version of Millrace; remove that file to begin anew: "
              + e.getMessage(),
          e);
    } catch (JsonProcessingException | DateTimeException e) {
      throw new OfflineException(
          file + " was edited or damaged; mend it, or remove it to begin anew: " + e.getMessage(),
          e);
    } catch (IOException e) {
      throw new OfflineException(file + " cannot be read: " + e, e);
    }
  }

  /**
   * What was applied beside what holds, the newest first. Those that this version of Millrace
   * refuses, or whose record is damaged, are left out.
   *
   * @throws OfflineException if the folder cannot be listed
   */
  public List<Applied> others() {
    List<Applied> others = new ArrayList<>();
    int holds = current().map(Applied::number).orElse(0);
    for (int number : numbers()) {
      if (number != holds) {
        try {
          JsonNode root = JSON.readTree(Files.readString(recorded(number)));
          others.add(0, read(root, number, folder.resolve(Integer.toString(number))));
        } catch (DefinitionException | DateTimeException | IOException e) {
          continue;
        }
      }
    }
    return others;
  }

  private Path recorded(int number) {
    return folder.resolve(number + ".json");
  }

  private static Applied read(JsonNode root, int number, Path files)
      throws DefinitionException, IOException {
    Map<String, String> variables = variables(root);
    return new Applied(
        number,
        Instant.parse(root.path("appliedAt").asText()),
        files,
        variables,
        DefinitionFiles.load(files, variables));
  }

  /**
   * Records definitions as applied; does nothing if the same files with the same variables are.
   *
   * @param from the folder of their files
   * @param definitions what those files and variables make
   * @return what is applied now, and whether it was before
   * @throws OfflineException if it cannot be written; what was applied stays so
   */
  public Recorded record(
      Path from, Map<String, String> variables, Definitions definitions, Instant now) {
    try {
      Map<String, String> texts = texts(from);
      Optional<Applied> before = current();
      if (before.isPresent()
          && before.get().variables().equals(variables)
          && texts(before.get().folder()).equals(texts)) {
        return new Recorded(before.get(), false);
      }
      Files.createDirectories(folder);
      int number = copy(texts);
      ObjectNode root = JSON.createObjectNode();
      root.put("format", FORMAT).put("number", number).put("appliedAt", now.toString());
      root.put("definitionsHash", definitions.hash());
      ObjectNode set = root.putObject("variables");
      new TreeMap<>(variables).forEach(set::put);
      replace(recorded(number), root.toPrettyString() + "\n");
      replace(folder.resolve(FILE), root.toPrettyString() + "\n");
      return new Recorded(
          new Applied(
              number, now, folder.resolve(Integer.toString(number)), variables, definitions),
          true);
    } catch (IOException e) {
      throw new OfflineException("definitions could not be recorded in " + folder + ": " + e, e);
    }
  }

  /** Where it lies; may not exist yet. */
  public Path folder() {
    return folder;
  }

  /**
   * Lets definitions that were applied before hold again, in one step; those that hold now stay
   * recorded, so that this can be taken back in the same way.
   *
   * @param number theirs
   * @return what is applied now
   * @throws OfflineException if there are none of this number, naming those that there are, or it
   *     cannot be written; what was applied stays so
   */
  public Applied switchTo(int number) {
    Path recorded = recorded(number);
    try {
      if (!Files.exists(recorded)) {
        throw new OfflineException(
            "no definitions were applied as number "
                + number
                + " in "
                + folder
                + (numbers().isEmpty() ? "; there are none" : "; there are " + numbers())
                + ". Those that were applied before numbers were kept are applied again from their"
                + " folder");
      }
      String text = Files.readString(recorded);
      DefinitionFiles.load(
          folder.resolve(Integer.toString(number)), variables(JSON.readTree(text)));
      replace(folder.resolve(FILE), text);
    } catch (DefinitionException e) {
      throw new OfflineException(
          "the definitions applied as number "
              + number
              + " are refused by this version of Millrace: "
              + e.getMessage(),
          e);
    } catch (IOException e) {
      throw new OfflineException(recorded + " cannot be applied again: " + e, e);
    }
    return current().orElseThrow();
  }

  /**
   * The numbers that {@link #switchTo} takes.
   *
   * @throws OfflineException if the folder cannot be listed
   */
  public SortedSet<Integer> numbers() {
    SortedSet<Integer> numbers = new TreeSet<>();
    if (!Files.isDirectory(folder)) {
      return numbers;
    }
    try (Stream<Path> files = Files.list(folder)) {
      files
          .map(file -> String.valueOf(file.getFileName()))
          .filter(name -> name.matches("[1-9]\\d{0,8}\\.json"))
          .forEach(name -> numbers.add(Integer.valueOf(name.substring(0, name.indexOf('.')))));
    } catch (IOException e) {
      throw new OfflineException(folder + " cannot be listed: " + e, e);
    }
    return numbers;
  }

  private static Map<String, String> variables(JsonNode root) {
    Map<String, String> variables = new TreeMap<>();
    root.path("variables")
        .fields()
        .forEachRemaining(v -> variables.put(v.getKey(), v.getValue().asText()));
    return variables;
  }

  /**
   * The outcome of {@link #record}.
   *
   * @param isNew false if the same was applied already
   */
  public record Recorded(Applied applied, boolean isNew) {}

  private int copy(Map<String, String> texts) throws IOException {
    Path draft = folder.resolve(".draft-" + UUID.randomUUID());
    try {
      for (Map.Entry<String, String> text : texts.entrySet()) {
        Path file = draft.resolve(text.getKey());
        Files.createDirectories(file.getParent());
        Files.writeString(file, text.getValue());
      }
      // Another process may take the same number; the rename decides, and the loser takes the next.
      for (int number = 1; ; number++) {
        Path target = folder.resolve(Integer.toString(number));
        if (Files.exists(target)) {
          continue;
        }
        try {
          Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
          return number;
        } catch (FileSystemException e) {
          if (!Files.exists(target)) {
            throw e;
          }
        }
      }
    } finally {
      deleteAll(draft);
    }
  }

  private static void replace(Path file, String text) throws IOException {
    Path draft = file.resolveSibling(".draft-" + UUID.randomUUID());
    try {
      Files.writeString(draft, text);
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(draft);
    }
  }

  /** Every definition and schema below a folder, but for those below a folder {@code data}. */
  private static Map<String, String> texts(Path folder) throws IOException {
    Map<String, String> texts = new TreeMap<>();
    List<Path> files;
    try (Stream<Path> found = Files.walk(folder)) {
      files = found.filter(Files::isRegularFile).toList();
    }
    for (Path file : files) {
      Path name = folder.relativize(file);
      if (name.toString().matches(".*\\.(ya?ml|avsc)") && !liesInData(name)) {
        texts.put(name.toString().replace('\\', '/'), Files.readString(file));
      }
    }
    return texts;
  }

  private static boolean liesInData(Path name) {
    for (Path part : name) {
      if (part.toString().equals("data")) {
        return true;
      }
    }
    return false;
  }

  private static void deleteAll(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    List<Path> files;
    try (Stream<Path> found = Files.walk(folder)) {
      files = found.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : files) {
      Files.delete(file);
    }
  }
}
