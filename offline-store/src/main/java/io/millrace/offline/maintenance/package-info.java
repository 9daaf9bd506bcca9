/**
 * What keeps a store in shape while jobs write and others read: fewer and larger files, old
 * snapshots gone, and the proof that all is there. On file systems.
 */
package io.millrace.offline.maintenance;
