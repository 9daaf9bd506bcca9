package io.millrace.jobs;

import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.plugin.PluginUtils;

/**
 * File systems that Flink loads as plugins. Stateless; what it loads is Flink's own, and static.
 */
final class FlinkPlugins {
  private FlinkPlugins() {}

  /**
   * Loads the plugins of the folder that {@code FLINK_PLUGINS_DIR} names, as every process of a
   * cluster does when it starts; where none is named, only what is on the class path is there.
   */
  static void load(Configuration flink) {
    if (System.getenv("FLINK_PLUGINS_DIR") != null) {
      FileSystem.initialize(flink, PluginUtils.createPluginManagerFromRootFolder(flink));
    }
  }
}
