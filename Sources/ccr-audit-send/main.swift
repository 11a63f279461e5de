import Delivery
import Foundation
import Networking

// Sends the one request that `ccr-audit` asks for on standard input, and says on standard output what became of it.
guard CommandLine.arguments.count == 1, isatty(STDIN_FILENO) == 0, let line = readLine(),
  let order = try? JSONDecoder().decode(SendOrder.self, from: Data(line.utf8)), let request = try? order.request()
else {
  FileHandle.standardError.write(
    Data("ccr-audit-send is a part of ccr-audit, which starts it to send a message\n".utf8))
  exit(64)
}
// When the program that asked is gone, nobody notes what is sent; its next run sends it.
Thread.detachNewThread {
  while readLine() != nil {}
  _exit(1)
}
let answer: SendAnswer
do throws(HTTPFailure) {
  answer = .response(try URLSessionTransport(environment: ProcessInfo.processInfo.environment).send(request))
} catch {
  answer = .failure(error)
}
_ = signal(SIGPIPE, SIG_IGN)
try? FileHandle.standardOutput.write(contentsOf: JSONEncoder().encode(answer) + Data("\n".utf8))
// At once: Foundation may still be busy with an answer that never ends.
_exit(0)
