import Foundation

/// Keeps two runs from reading the same logs at once: an advisory lock on a file beside the ledger. The system lets go
/// of it when its process ends, however that ends.
package final class RunLock: Sendable {
  private let descriptor: Int32

  /// Waits for the lock.
  /// - Parameters:
  ///   - ledger: the ledger's path.
  ///   - patience: how many seconds to wait.
  ///   - waiting: called once when another run holds it.
  /// - Throws: `LedgerError.busy` when the patience is over.
  package init(ledger: String, patience: Double, waiting: () -> Void) throws(LedgerError) {
    // Two names of one ledger have one lock.
    let real = URL(filePath: ledger).resolvingSymlinksInPath().path(percentEncoded: false)
    let descriptor = unsafe open(real + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      let code = errno
      let cure = FileObstacle.isDenial(code) ? "; \(FileObstacle.cure(of: code))" : ""
      throw .unusable(path: ledger, reason: "its lock file \(real).lock: \(FileObstacle.reason(code))\(cure)")
    }
    var waited = 0.0
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      if waited == 0 { waiting() }
      guard waited < patience else {
        _ = close(descriptor)
        throw .busy(path: ledger)
      }
      Thread.sleep(forTimeInterval: 0.1)
      waited += 0.1
    }
    self.descriptor = descriptor
  }

  deinit { _ = close(descriptor) }
}
