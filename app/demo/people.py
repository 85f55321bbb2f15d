"""Who works at the demo dealer: (account, name, staff number, department, post, role)."""

PEOPLE = [
    ("gm", "陈志远", "001", "总经办", "总经理", "gm"),
    ("sysadmin", "郑凯", "002", "总经办", "系统管理员", "sysadmin"),
    ("finance", "吴芳", "003", "总经办", "财务", "finance"),
    ("credit", "冯涛", "004", "总经办", "债权专员", "credit"),
    ("sales_manager", "周伟", "101", "整机销售部", "销售经理", "sales_manager"),
    ("sales1", "张敏", "102", "整机销售部", "业务员", "salesperson"),
    ("sales2", "刘洋", "103", "整机销售部", "业务员", "salesperson"),
    ("clerk", "孙丽", "104", "整机销售部", "内勤", "clerk"),
    ("keeper", "马强", "105", "整机销售部", "库管", "keeper"),
    ("buyer", "何静", "106", "整机销售部", "采购", "buyer"),
    ("service_manager", "赵军", "201", "服务部", "服务经理", "service_manager"),
    ("tech1", "李强", "202", "服务部", "技师", "technician"),
    ("tech2", "王磊", "203", "服务部", "技师", "technician"),
    ("visits", "林小燕", "204", "服务部", "客服", "visits"),
]

DEPARTMENTS = [("ZJB", "总经办"), ("XSB", "整机销售部"), ("FWB", "服务部")]

# (brand, model, category, tons, list price, floor price)
MODELS = [
    ("恒拓", "HT75", "EXCAVATOR", "7.5", "398000", "368000"),
    ("恒拓", "HT215", "EXCAVATOR", "21.5", "1080000", "985000"),
    ("恒拓", "HT370", "EXCAVATOR", "36.8", "1980000", "1820000"),
    ("山岳", "SL956", "LOADER", "17", "368000", "335000"),
    ("山岳", "SR220", "ROLLER", "22", "428000", "395000"),
]

# (name, contact, city, industry, salesperson)
COMPANIES = [
    ("安徽恒达土石方有限公司", "王建国", "合肥市", "EARTHWORK", "sales1"),
    ("合肥宏基建设工程有限公司", "李海涛", "合肥市", "MUNICIPAL", "sales1"),
    ("六安金寨矿业有限公司", "郭大勇", "六安市", "MINE", "sales1"),
    ("芜湖江城路桥有限公司", "曾国强", "芜湖市", "ROAD", "sales1"),
    ("安庆宜城工程机械租赁有限公司", "单晓明", "安庆市", "RENTAL", "sales1"),
    ("滁州皖东土方工程有限公司", "潘志刚", "滁州市", "EARTHWORK", "sales1"),
    ("淮南八公山矿石有限公司", "韩冬", "淮南市", "MINE", "sales1"),
    ("宣城水阳江建设有限公司", "董浩", "宣城市", "MUNICIPAL", "sales1"),
    ("徐州路达工程有限公司", "蒋文博", "徐州市", "ROAD", "sales2"),
    ("南京秦淮市政工程有限公司", "沈国华", "南京市", "MUNICIPAL", "sales2"),
    ("蚌埠淮河疏浚有限公司", "袁立新", "蚌埠市", "EARTHWORK", "sales2"),
    ("宿州灵璧石业有限公司", "邓斌", "宿州市", "MINE", "sales2"),
    ("阜阳颍淮工程机械租赁有限公司", "许志强", "阜阳市", "RENTAL", "sales2"),
    ("亳州药都路桥有限公司", "傅建军", "亳州市", "ROAD", "sales2"),
    ("马鞍山采石建设有限公司", "曹伟", "马鞍山市", "MUNICIPAL", "sales2"),
    ("黄山徽州园林工程有限公司", "彭涛", "黄山市", "MUNICIPAL", "sales2"),
]

# (name, city, salesperson): individuals, contacts first, then made customers
PERSONS = [
    ("朱大海", "合肥市", "sales1"),
    ("秦小兵", "六安市", "sales1"),
    ("尤建平", "安庆市", "sales1"),
    ("吕志国", "芜湖市", "sales1"),
    ("施长根", "宣城市", "sales1"),
    ("仇和平", "滁州市", "sales1"),
    ("魏长青", "淮南市", "sales1"),
    ("陶德胜", "徐州市", "sales2"),
    ("姜大力", "蚌埠市", "sales2"),
    ("戚家旺", "宿州市", "sales2"),
    ("谢永福", "阜阳市", "sales2"),
    ("邹春生", "亳州市", "sales2"),
    ("喻海龙", "马鞍山市", "sales2"),
    ("柏松林", "黄山市", "sales2"),
]

TAGS = [
    ("土石方", "WORK", "BLUE"),
    ("矿山工况", "WORK", "ORANGE"),
    ("市政小挖", "WORK", "GREEN"),
    ("三台以上", "POWER", "VIOLET"),
    ("首次购机", "POWER", "BLUE"),
    ("按时还款", "CREDIT", "GREEN"),
    ("曾有逾期", "CREDIT", "RED"),
    ("看重油耗", "TASTE", "GREY"),
]
