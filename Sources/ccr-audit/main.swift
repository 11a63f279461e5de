import Commands
import Foundation

exit(CCRAudit.run(CCRAudit.arguments(), in: .live()))
