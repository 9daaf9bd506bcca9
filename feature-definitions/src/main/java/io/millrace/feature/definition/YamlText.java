package io.millrace.feature.definition;

import java.util.ArrayList;
import java.util.List;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/** The documents of one text of YAML, or of JSON, which is YAML too. */
final class YamlText {
  // Trees are composed and read by recursion; a definition is 5 deep.
  private static final int MAX_DEPTH = 50;

  private YamlText() {}

  /** The documents; none if the text is no YAML, which is a problem. */
  static List<Node> documents(String file, String text, Problems problems) {
    LoadSettings settings = LoadSettings.builder().setLabel(file).build();
    List<Node> documents = new ArrayList<>();
    try {
      if (isShallow(file, text, settings, problems)) {
        new Compose(settings).composeAllFromString(text).forEach(documents::add);
      }
    } catch (MarkedYamlEngineException e) {
      add(file, e.getProblemMark().orElse(null), "this is no YAML: " + e.getProblem(), problems);
    } catch (YamlEngineException e) {
      problems.add(file, 1, 1, "this is no YAML: " + e.getMessage());
    }
    return documents;
  }

  private static boolean isShallow(
      String file, String text, LoadSettings settings, Problems problems) {
    int depth = 0;
    for (Event event : new Parse(settings).parseString(text)) {
      if (event instanceof CollectionStartEvent && ++depth > MAX_DEPTH) {
        add(
            file,
            event.getStartMark().orElse(null),
            "this is nested deeper than " + MAX_DEPTH + "; a definition is 5 deep",
            problems);
        return false;
      }
      if (event instanceof CollectionEndEvent) {
        depth--;
      }
    }
    return true;
  }

  private static void add(String file, Mark mark, String message, Problems problems) {
    problems.add(
        file,
        mark == null ? 1 : mark.getLine() + 1,
        mark == null ? 1 : mark.getColumn() + 1,
        message);
  }
}
