/** Which online store, and where: settings by name, checked, and the store that they mean. */
package io.millrace.online.settings;
