package io.millrace.server.fuzz;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;

/**
 * What a process holds after its garbage was collected.
 *
 * @param heap bytes
 * @param direct bytes of direct buffers, Netty's among them
 * @param threads alive
 * @param files open files and sockets
 */
record Footprint(long heap, long direct, int threads, long files) {
  static Footprint now() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return new Footprint(
        ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
        ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum()
            + Math.max(0, io.netty.util.internal.PlatformDependent.usedDirectMemory()),
        ManagementFactory.getThreadMXBean().getThreadCount(),
        ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
            .getOpenFileDescriptorCount());
  }
}
