package io.millrace.feature.definition;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Where in the files of a folder each definition stands, so that what is found wrong later than at
 * reading has a place too. Immutable and thread-safe.
 */
public final class DefinitionPlaces {
  private record Place(String file, int line, int column) {}

  private final String folder;
  private final Map<String, Place> places;

  private DefinitionPlaces(String folder, Map<String, Place> places) {
    this.folder = folder;
    this.places = Map.copyOf(places);
  }

  /** The places of a folder that {@link DefinitionFiles#load} read without a mistake. */
  public static DefinitionPlaces of(Path folder, Map<String, String> variables) {
    Problems ignored = new Problems();
    Map<String, Place> places = new HashMap<>();
    for (Path file : DefinitionFiles.files(folder, ignored)) {
      for (YamlMap document : DefinitionFiles.documents(folder, file, variables, ignored)) {
        String kind = document.text("kind").orElse("");
        String name = document.text("name").orElse("");
        put(places, key(kind, name, ""), document, document.nodeOf("name"));
        for (String member : document.keys()) {
          put(places, key(kind, name, member), document, document.keyNode(member));
        }
        if (kind.equals("FeatureView")) {
          document
              .map("features")
              .ifPresent(
                  features ->
                      features
                          .keys()
                          .forEach(
                              feature ->
                                  put(
                                      places,
                                      key(kind, name, "features." + feature),
                                      document,
                                      features.keyNode(feature))));
        }
      }
    }
    return new DefinitionPlaces(folder.toString(), places);
  }

  /**
   * A problem at a definition.
   *
   * @param kind such as {@code FeatureView}
   * @param member a key of its mapping, or {@code features.NAME}; the definition's name if there is
   *     no such key
   */
  public Problem problem(String kind, String name, String member, String message) {
    Place place = places.get(key(kind, name, member));
    if (place == null) {
      place = places.getOrDefault(key(kind, name, ""), new Place(folder, 1, 1));
    }
    return new Problem(place.file(), place.line(), place.column(), message);
  }

  private static void put(Map<String, Place> places, String key, YamlMap document, Node at) {
    Mark mark = at.getStartMark().orElse(null);
    places.put(
        key,
        new Place(
            document.file(),
            mark == null ? 1 : mark.getLine() + 1,
            mark == null ? 1 : mark.getColumn() + 1));
  }

  private static String key(String kind, String name, String member) {
    return kind + '\n' + name + '\n' + member;
  }
}
