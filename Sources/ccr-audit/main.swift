import Commands
import Foundation

exit(CCRAudit.run(Array(CommandLine.arguments.dropFirst()), in: .live()))
