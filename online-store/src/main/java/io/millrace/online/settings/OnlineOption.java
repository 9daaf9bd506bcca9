package io.millrace.online.settings;

/**
 * One setting of the online store.
 *
 * @param type as people say it
 * @param otherwise the default; {@code -} if it stays unset
 * @param sentence what it means
 */
public record OnlineOption(String key, String type, String otherwise, String sentence) {}
