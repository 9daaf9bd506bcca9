package io.millrace.jobs;

import io.millrace.feature.Definitions;
import io.millrace.feature.FeatureView;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import io.millrace.feature.definition.DefinitionException;
import io.millrace.feature.definition.DefinitionFiles;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Definition files as text, so that a job carries to every task manager what was read at
 * submission. Immutable; {@link #definitions} parses once a process.
 */
public final class DefinitionSet implements Serializable {
  private static final long serialVersionUID = 1;

  private final TreeMap<String, String> files;
  private final TreeMap<String, String> variables;
  // Empty for all.
  private final TreeSet<String> views;
  private transient volatile Definitions parsed;

  private DefinitionSet(
      TreeMap<String, String> files, TreeMap<String, String> variables, TreeSet<String> views) {
    this.files = files;
    this.variables = variables;
    this.views = views;
  }

  /**
   * The same with some views only, and those on which they build. Sources and services stay.
   *
   * @throws IllegalArgumentException naming those that exist, if there is no view of a name
   */
  public DefinitionSet onlyViews(Collection<String> names) {
    names.forEach(definitions()::view);
    return new DefinitionSet(files, variables, new TreeSet<>(names));
  }

  /**
   * Reads every YAML and Avro file below a folder and checks them.
   *
   * @throws DefinitionException with every mistake, if there is any
   */
  public static DefinitionSet read(Path folder, Map<String, String> variables)
      throws IOException, DefinitionException {
    TreeMap<String, String> files = new TreeMap<>();
    if (Files.isDirectory(folder)) {
      Files.walkFileTree(
          folder,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              String name = folder.relativize(file).toString();
              if (name.endsWith(".yaml") || name.endsWith(".yml") || name.endsWith(".avsc")) {
                files.put(name, Files.readString(file));
              }
              return FileVisitResult.CONTINUE;
            }
          });
    }
    DefinitionSet set = new DefinitionSet(files, new TreeMap<>(variables), new TreeSet<>());
    set.parsed = DefinitionFiles.load(folder, variables);
    return set;
  }

  /** The parsed definitions. */
  public Definitions definitions() {
    if (parsed == null) {
      Definitions all = parse();
      parsed = views.isEmpty() ? all : withTheirs(all);
    }
    return parsed;
  }

  private Definitions withTheirs(Definitions all) {
    List<FeatureView> wanted = views.stream().map(all::view).toList();
    List<FeatureView> kept =
        ViewGraph.of(all, wanted).asDefined().stream().map(ViewNode::view).toList();
    return new Definitions(all.sources(), kept, all.services());
  }

  private Definitions parse() {
    try {
      Path folder = Files.createTempDirectory("millrace-definitions");
      try {
        for (Map.Entry<String, String> file : files.entrySet()) {
          Path path = folder.resolve(file.getKey());
          Files.createDirectories(path.getParent());
          Files.writeString(path, file.getValue());
        }
        return DefinitionFiles.load(folder, variables);
      } finally {
        deleteAll(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("could not unpack the definitions to read them", e);
    } catch (DefinitionException e) {
      throw new IllegalStateException(
          "the definitions were right at submission, but are not here: " + e.getMessage(), e);
    }
  }

  private static void deleteAll(Path folder) throws IOException {
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, IOException e)
              throws IOException {
            Files.delete(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
