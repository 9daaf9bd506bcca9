package io.millrace.jobs.feature;

import io.millrace.feature.EntityKey;
import io.millrace.feature.chain.ViewNode;
import io.millrace.feature.erasure.ErasedSubjects;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Which states of views are of erased subjects. Thread-safe. */
final class SubjectStates {
  private final Map<String, List<String>> keysOfView = new HashMap<>();

  SubjectStates(List<ViewNode> views) {
    views.forEach(node -> keysOfView.put(node.view().id(), node.view().entity().keys()));
  }

  /** Whether a state's key is of one of the subjects. */
  Predicate<String> of(ErasedSubjects subjects) {
    return stateKey -> {
      String view = Migrations.viewIdOf(stateKey);
      List<String> keys = keysOfView.getOrDefault(view, List.of());
      List<String> parts = null;
      for (String column : subjects.columns()) {
        int part = keys.indexOf(column);
        if (part >= 0) {
          if (parts == null) {
            parts = new EntityKey(stateKey.substring(view.length() + 1)).parts();
          }
          if (subjects.names(column, parts.get(part))) {
            return true;
          }
        }
      }
      return false;
    };
  }
}
