import Dispatch
import Fleet
import Foundation
import Synchronization

/// Rows on their way to a server, while the next ones are read.
final class Upload: Sendable {
  private let ended = DispatchSemaphore(value: 0)
  private let outcome = Mutex(Result<Void, FleetError>.success(()))

  init(_ rows: [UInt8], to server: FleetServer) {
    Thread.detachNewThread { [self] in
      let outcome = Result { () throws(FleetError) in try server.insert(rows, into: "request") }
      self.outcome.withLock { $0 = outcome }
      ended.signal()
    }
  }

  /// Returns once the server has the rows. To be called once.
  func wait() throws(FleetError) {
    ended.wait()
    try outcome.withLock { $0 }.get()
  }
}
